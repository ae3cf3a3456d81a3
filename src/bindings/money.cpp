#include "casters.hpp"
void bind_money(py::module_&) {}
