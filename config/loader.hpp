// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "config/config.hpp"

namespace sallyport::config {

struct LoadResult {
    std::optional<Config> config;   ///< absent when there is any mistake
    std::vector<Mistake> mistakes;  ///< all of one run, in order of file and line
    std::vector<Mistake> warnings;
};

/// Reads sallyport.yaml, its transports and the provider descriptions. Reads files only; creates
/// nothing.
LoadResult load(const std::filesystem::path& file);

/// Where `data:` of this file points, whatever else is wrong in the files: enough to find a running
/// gateway. Error: the file cannot be read or is no YAML.
Result<std::filesystem::path> find_data_folder(const std::filesystem::path& file);

}  // namespace sallyport::config
