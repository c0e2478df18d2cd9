// SPDX-License-Identifier: Apache-2.0
// The one translation unit that compiles the Boost libraries, which are included as declarations
// elsewhere.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
#include <boost/json/src.hpp>
