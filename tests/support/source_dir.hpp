// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace sallyport::test {

/// The root of the source tree that this program was built from: tests read examples and
/// transcripts there.
std::filesystem::path source_dir();

}  // namespace sallyport::test
