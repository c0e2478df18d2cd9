// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "xmpp/core/result.hpp"

/// Files that must outlive a loss of power. All of it blocks, for milliseconds on a good disk.
/// Errors carry the system's code and name the path and the uid.
namespace sallyport {

/// The bytes of a file that is written and closed.
Result<> sync_file(const std::filesystem::path& file);
/// The names in a folder: of what was made in it, renamed to it, or removed from it.
Result<> sync_folder(const std::filesystem::path& folder);
/// A file that its owner alone may read, whole or not at all: `file`.new is written, synced and
/// renamed.
Result<> write_private_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace sallyport
