# Headers of others that nearly every file reads, compiled once for all. Nothing of ours is in them,
# and a file still includes what it uses.

set(standard_headers <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <deque>
  <functional> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <tuple>
  <unordered_map> <utility> <variant> <vector> <boost/describe.hpp> <boost/mp11.hpp>)
set(runtime_headers <caf/actor.hpp> <caf/actor_addr.hpp> <caf/actor_cast.hpp>
  <caf/actor_system.hpp> <caf/actor_system_config.hpp> <caf/event_based_actor.hpp>
  <caf/scheduled_actor.hpp> <caf/send.hpp>)

# precompile(NAME HEADER...)
function(precompile name)
  set(nothing ${CMAKE_BINARY_DIR}/precompiled_${name}.cpp)
  if(NOT EXISTS ${nothing})
    file(WRITE ${nothing} "")
  endif()
  add_library(precompiled_${name} OBJECT EXCLUDE_FROM_ALL ${nothing})
  target_link_libraries(precompiled_${name} PRIVATE resalehub_flags)
  target_precompile_headers(precompiled_${name} PRIVATE ${ARGN})
endfunction()

# read_precompiled(NAME TARGET...): those that read none yet and are compiled at all.
function(read_precompiled name)
  foreach(target IN LISTS ARGN)
    get_target_property(kind ${target} TYPE)
    get_target_property(read ${target} PRECOMPILE_HEADERS_REUSE_FROM)
    if(NOT read AND kind MATCHES "EXECUTABLE|STATIC_LIBRARY|OBJECT_LIBRARY")
      target_precompile_headers(${target} REUSE_FROM precompiled_${name})
    endif()
  endforeach()
endfunction()

# The targets of a folder and of those below it.
function(targets_in folder found)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(one IN LISTS folders)
    targets_in(${one} below)
    list(APPEND targets ${below})
  endforeach()
  set(${found} ${targets} PARENT_SCOPE)
endfunction()

targets_in(${CMAKE_SOURCE_DIR} everything)
targets_in(${CMAKE_SOURCE_DIR}/tests tests)
list(REMOVE_ITEM tests resalehub_test_main)  # it tells Catch2 to be a program before it reads it
precompile(standard ${standard_headers})
precompile(runtime ${standard_headers} ${runtime_headers})
precompile(tests ${standard_headers} <catch2/catch.hpp>)
read_precompiled(runtime resalehub_cluster cluster_test simulation simulation_breakable
  resalehub_simulated_cluster resalehub_kit kit_test fault_matrix_test simulated_cluster_test)
read_precompiled(tests ${tests})
read_precompiled(standard ${everything})
