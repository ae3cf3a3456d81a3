#include "casters.hpp"

void bind_estimation(py::module_&) {}
