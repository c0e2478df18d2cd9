// SPDX-License-Identifier: Apache-2.0
#include "tests/support/source_dir.hpp"

namespace sallyport::test {

std::filesystem::path source_dir() {
    return SALLYPORT_SOURCE_DIR;
}

}  // namespace sallyport::test
