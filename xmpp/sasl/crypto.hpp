// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "xmpp/core/digest.hpp"
#include "xmpp/sasl/mechanism.hpp"
#include "xmpp/sasl/wiped.hpp"

/// The few primitives that mechanisms are made of, over OpenSSL.
namespace sallyport::xmpp::sasl {

using sallyport::digest;
using sallyport::hmac;
using sallyport::size_of;
/// PBKDF2 with HMAC of this hash, one block long: Hi() of RFC 5802 §2.2.
std::string stretch(Hash hash, std::string_view password, std::string_view salt, int iterations);
std::string md5(std::string_view bytes);
/// REQUIRES: both of one length.
std::string exclusive_or(std::string_view a, std::string_view b);

}  // namespace sallyport::xmpp::sasl
