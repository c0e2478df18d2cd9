// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

/// Texts compiled into the program by CMake's `embed()`; each list lives as long as the program.
namespace sallyport::embedded {

struct File {
    std::string_view name;  ///< file name without its folder
    std::string_view text;
};

std::span<const File> providers();  ///< config/providers/*.yaml
std::span<const File> examples();   ///< the commented configuration that `init` writes
std::span<const File> schema();  ///< gateway/store/sqlite/schema/*.sql, in order of their numbers
std::span<const File> phone();   ///< tests/simulator/page: in the simulator only

}  // namespace sallyport::embedded
