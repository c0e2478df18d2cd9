// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "xmpp/core/digest.hpp"
#include "xmpp/sasl/mechanism.hpp"

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

/// Overwrites all that the string has held, and empties it.
void wipe(std::string& secret);

/// A secret that is overwritten when it goes.
class Wiped {
  public:
    Wiped() = default;
    explicit Wiped(std::string bytes) : bytes_(std::move(bytes)) {}
    ~Wiped() { wipe(bytes_); }
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;
    Wiped(Wiped&& other) noexcept : bytes_(std::move(other.bytes_)) { wipe(other.bytes_); }
    Wiped& operator=(Wiped&& other) noexcept {
        wipe(bytes_);
        bytes_ = std::move(other.bytes_);
        wipe(other.bytes_);
        return *this;
    }
    std::string_view view() const { return bytes_; }
    operator std::string_view() const { return bytes_; }

  private:
    std::string bytes_;
};

}  // namespace sallyport::xmpp::sasl
