#include "casters.hpp"

void bind_projection(py::module_&) {}
