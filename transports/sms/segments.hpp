// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::sms {

/// How a text fits into SMS (3GPP TS 23.038, 23.040 §9.2.3.24).
struct SegmentCount {
    std::size_t segments = 0;    ///< 0 for an empty text
    std::size_t characters = 0;  ///< code points
    std::size_t units = 0;       ///< septets, or UTF-16 units
    bool is_unicode =
        false;  ///< UCS-2: one character outside the GSM alphabet makes the whole text so
};

/// Counts as a phone network packs: 160/153 septets or 70/67 units, never splitting an escape pair
/// or a surrogate pair. `text` is UTF-8; broken bytes count as one character each.
SegmentCount count_segments(std::string_view text);

/// True when every character is of the GSM 03.38 alphabet or its extension.
bool is_gsm(std::string_view text);

/// What the sender is told when a text is over the limit; nothing when it fits.
std::optional<std::string> too_long(
    std::string_view text,
    std::optional<std::size_t> segments,
    std::optional<std::size_t> characters
);

}  // namespace sallyport::sms
