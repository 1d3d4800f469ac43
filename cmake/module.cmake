# One target a module; it links only what its row in docs/design.md allows, so a forbidden arrow does not build.
#
#   beltwarden_module(NAME journal USES base wire EXTERNAL PkgConfig::X PRIVATE_EXTERNAL PkgConfig::Y)
#
# RIM marks a module that waits for sockets, files and people rather than computes: -O1 compiles it in two thirds of the time.
# QUICKEST marks inner loops over pixels and bytes: -O3.
# TOGETHER compiles files seven at a time, where headers cost more than code. Their unnamed namespaces must not share names.
#
# Sources are every *.cc of the folder (below it too with RECURSE) except *_test.cc; those become the
# executable <name>_test, run by ctest under the same name.
set(BELTWARDEN_QUICK $<$<CONFIG:Release>:-O1>)   # also for tests' own code

function(beltwarden_module)
  cmake_parse_arguments(M "RECURSE;RIM;QUICKEST;TOGETHER" "NAME" "USES;EXTERNAL;PRIVATE_EXTERNAL;TEST_USES" ${ARGN})
  string(REPLACE "/" "_" target ${M_NAME})
  if(M_RECURSE)
    set(mode GLOB_RECURSE)
  else()
    set(mode GLOB)
  endif()
  file(${mode} sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  file(${mode} headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  if(sources)
    add_library(${target} STATIC ${sources} ${headers})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${M_PRIVATE_EXTERNAL})
    if(M_TOGETHER)
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 7)
      # Meant for headers; a file compiled with others looks like one.
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
    if(M_RIM)
      target_compile_options(${target} PRIVATE ${BELTWARDEN_QUICK})
    endif()
    if(M_QUICKEST)
      target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O3>)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${CMAKE_SOURCE_DIR}/src)
  foreach(used IN LISTS M_USES)
    string(REPLACE "/" "_" used ${used})
    target_link_libraries(${target} ${scope} ${used})
  endforeach()
  target_link_libraries(${target} ${scope} ${M_EXTERNAL} Threads::Threads)
  set_property(GLOBAL APPEND PROPERTY BELTWARDEN_HEADERS ${headers})

  if(tests AND NOT BELTWARDEN_FUZZ)
    add_executable(${target}_test ${tests})
    target_compile_options(${target}_test PRIVATE ${BELTWARDEN_QUICK})
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gmock GTest::gtest_main)
    foreach(used IN LISTS M_TEST_USES)
      target_link_libraries(${target}_test PRIVATE ${used})
    endforeach()
    add_test(NAME ${target}_test COMMAND ${target}_test)
  endif()
endfunction()

# `ninja checkheaders` compiles every public header alone: a header includes what it uses.
function(beltwarden_check_headers)
  get_property(headers GLOBAL PROPERTY BELTWARDEN_HEADERS)
  set(units)
  foreach(header IN LISTS headers)
    file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/src ${header})
    string(REPLACE "/" "_" unit ${name})
    set(unit ${CMAKE_BINARY_DIR}/checkheaders/${unit}.cc)
    file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${name}\"\n")
    list(APPEND units ${unit})
  endforeach()
  add_library(checkheaders OBJECT EXCLUDE_FROM_ALL ${units})
  target_include_directories(checkheaders PRIVATE ${CMAKE_SOURCE_DIR}/src ${ARGN})
endfunction()
