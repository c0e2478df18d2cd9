// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/result.hpp"

#include <stdexcept>

namespace sallyport {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error(
        "value() of an error at " + where.to_string() + ": " + error.to_string()
    );
}

}  // namespace sallyport
