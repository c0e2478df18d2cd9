// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/units.hpp"

namespace sallyport::test {

/// A socket that is connected to this port of loopback, whatever its host is called; the caller
/// closes it. Fails the test when nobody listens there.
int connect_loopback(const config::Endpoint& at);

}  // namespace sallyport::test
