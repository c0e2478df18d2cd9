// SPDX-License-Identifier: Apache-2.0
// Boost.JSON's code, in its header-only form: built here once.
#include <boost/json/src.hpp>
