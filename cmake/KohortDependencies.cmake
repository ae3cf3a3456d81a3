# Eigen and Boost.Math, wherever they are: a target of the parent project, a package that CMake finds
# (Debian, vcpkg, Conan, conda, a wheel that registers itself), or the header wheels of PyPI.

if(NOT TARGET Eigen3::Eigen)
  # No version is asked for: Eigen 3.4 and Eigen 5 each refuse the other's requests. We compare ourselves.
  find_package(Eigen3 CONFIG QUIET)
  if(NOT TARGET Eigen3::Eigen)
    find_path(KOHORT_EIGEN_DIR Eigen/Core PATH_SUFFIXES include/eigen3 cmeel.prefix/include/eigen3)
    if(KOHORT_EIGEN_DIR)
      add_library(Eigen3::Eigen INTERFACE IMPORTED)
      target_include_directories(Eigen3::Eigen INTERFACE ${KOHORT_EIGEN_DIR})
    endif()
  elseif(Eigen3_VERSION VERSION_LESS 3.4)
    message(FATAL_ERROR "kohort needs Eigen 3.4 or newer; found ${Eigen3_VERSION} in ${Eigen3_DIR}")
  endif()
endif()

if(NOT TARGET Boost::headers)
  find_package(Boost 1.74 CONFIG QUIET)
  if(NOT TARGET Boost::headers)
    find_path(KOHORT_BOOST_DIR boost/math/distributions/normal.hpp
              PATH_SUFFIXES include boost_headers/include)
    if(KOHORT_BOOST_DIR)
      add_library(Boost::headers INTERFACE IMPORTED)
      target_include_directories(Boost::headers INTERFACE ${KOHORT_BOOST_DIR})
    endif()
  endif()
endif()

foreach(needed IN ITEMS Eigen3::Eigen Boost::headers)
  if(NOT TARGET ${needed})
    message(FATAL_ERROR "kohort needs ${needed}. On Debian: apt-get install libeigen3-dev libboost1.81-dev. "
                        "From PyPI: pip install cmeel-eigen boost-headers, and add the site-packages folder "
                        "to CMAKE_PREFIX_PATH.")
  endif()
endforeach()
