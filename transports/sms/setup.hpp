// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace sallyport::sms {

/// What the operator must paste at each provider, one line each, from the files alone. `public_url`
/// is http.public.url without a trailing slash.
std::vector<std::string> setup_lines(
    const config::SmsConfig& config, std::string_view public_url, std::string_view domain
);

}  // namespace sallyport::sms
