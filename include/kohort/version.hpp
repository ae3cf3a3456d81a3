#pragma once

// The only place where the version is written: CMake and pyproject.toml read it from here.
#define KOHORT_VERSION_MAJOR 0
#define KOHORT_VERSION_MINOR 1
#define KOHORT_VERSION_PATCH 0
#define KOHORT_VERSION "0.1.0"

namespace kohort {

/// Version of the library as text, "major.minor.patch".
inline constexpr const char* version = KOHORT_VERSION;

}  // namespace kohort
