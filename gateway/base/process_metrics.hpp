// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sallyport {

/// What this process takes of the machine, in Prometheus' text format under the names that its
/// client libraries use (`process_…`, without our prefix). Read from /proc/self at each call; what
/// cannot be read is left out. proc(5).
std::string expose_process();

}  // namespace sallyport
