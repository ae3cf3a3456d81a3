#include "casters.hpp"

void bind_model(py::module_&) {}
