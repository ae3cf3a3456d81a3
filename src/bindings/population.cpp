#include "casters.hpp"

void bind_population(py::module_&) {}
