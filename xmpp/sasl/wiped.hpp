// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sallyport::xmpp::sasl {

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
