include(CMakePackageConfigHelpers)

install(TARGETS kohort EXPORT kohortTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/kohort DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(kohort_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kohort)
install(EXPORT kohortTargets NAMESPACE kohort:: DESTINATION ${kohort_cmake_dir})
configure_package_config_file(cmake/kohortConfig.cmake.in ${PROJECT_BINARY_DIR}/kohortConfig.cmake
                              INSTALL_DESTINATION ${kohort_cmake_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/kohortConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/kohortConfig.cmake
              ${PROJECT_BINARY_DIR}/kohortConfigVersion.cmake
              cmake/KohortDependencies.cmake
        DESTINATION ${kohort_cmake_dir})
