# The crate with the C interface to raft-rs, built by cargo as a static library: resalehub_raft_rs.
# Locked versions; what is downloaded once is used again without a network.

# Debian 12's own cargo is too old to read the lock file; its cargo-web is new enough.
function(find_new_cargo found)
  set(candidates "$ENV{CARGO}" cargo /usr/bin/cargo /usr/share/cargo/bin/cargo)
  foreach(candidate IN LISTS candidates)
    if(candidate STREQUAL "")
      continue()
    endif()
    execute_process(COMMAND ${candidate} --version OUTPUT_VARIABLE said ERROR_QUIET
                    RESULT_VARIABLE status)
    if(status EQUAL 0 AND said MATCHES "^cargo ([0-9.]+)" AND
       CMAKE_MATCH_1 VERSION_GREATER_EQUAL 1.85)
      set(${found} ${candidate} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "cargo 1.85 or newer is needed (Debian: cargo-web, rustc-web)")
endfunction()

find_new_cargo(CARGO)
set(RESALEHUB_CARGO_DIR ${CMAKE_BINARY_DIR}/cargo CACHE PATH
    "where cargo builds; sanitizer builds may share the plain build's")

set(crate ${CMAKE_SOURCE_DIR}/cluster/raft_rs)
set(crate_sources Cargo.toml Cargo.lock src/lib.rs src/group.rs src/group/membership.rs
    src/group/ready.rs src/group/start.rs src/members.rs src/peers.rs src/tail.rs src/bytes.rs)
set(archive ${RESALEHUB_CARGO_DIR}/release/libresalehub_raft_rs.a)
list(TRANSFORM crate_sources PREPEND ${crate}/)
# A cargo named by its path brings the compiler beside it.
get_filename_component(cargo_folder ${CARGO} DIRECTORY)
if(cargo_folder AND EXISTS ${cargo_folder}/rustc)
  set(cargo_compiler RUSTC=${cargo_folder}/rustc)
endif()
# cargo leaves the archive alone when nothing it sees has changed: touched, so that ninja rests.
add_custom_command(
  OUTPUT ${archive}
  COMMAND ${CMAKE_COMMAND} -E env ${cargo_compiler} ${CARGO} build --quiet --release --locked
          --manifest-path ${crate}/Cargo.toml --target-dir ${RESALEHUB_CARGO_DIR}
  COMMAND ${CMAKE_COMMAND} -E touch ${archive}
  DEPENDS ${crate_sources}
  COMMENT "cargo: raft-rs"
  VERBATIM)
add_custom_target(resalehub_raft_rs_build DEPENDS ${archive})

add_library(resalehub_raft_rs INTERFACE)
add_dependencies(resalehub_raft_rs resalehub_raft_rs_build)
target_link_libraries(resalehub_raft_rs INTERFACE ${archive} Threads::Threads dl m)
