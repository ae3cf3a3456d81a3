#include "casters.hpp"

void bind_data(py::module_&) {}
