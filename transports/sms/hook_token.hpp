// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/port/types.hpp"

namespace sallyport::sms {

/// Callback tokens: our message id and an HMAC of it. Whoever shows one proves that it was given
/// this message.
class HookTokens {
  public:
    /// `domain` keeps the tokens of two transports apart.
    HookTokens(std::string secret, std::string domain)
        : secret_(std::move(secret)), domain_(std::move(domain)) {}

    std::string make(std::string_view id) const;  ///< "<id>.<32 hex digits>", safe in a path
    std::optional<port::OutId> check(std::string_view token) const;

  private:
    std::string proof(std::string_view id) const;
    std::string secret_;
    std::string domain_;
};

}  // namespace sallyport::sms
