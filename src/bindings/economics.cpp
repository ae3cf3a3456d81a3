#include "casters.hpp"

void bind_economics(py::module_&) {}
