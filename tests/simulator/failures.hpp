// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulator/model.hpp"

namespace simulator {

/// Something that the phone can let happen to the next text that arrives. The terminal's words and
/// the page's menu are this table.
struct Failure {
    std::string_view name;
    /// What happens, as the page says it.
    std::string_view label;
    /// What its value is ("error code", "seconds"), "" when it takes none.
    std::string_view unit;
    /// The value when none is given; "" = the provider's own.
    std::string_view usual;
    void (*apply)(Behaviour& rule, const std::string& value);
};

[[nodiscard]] const std::vector<Failure>& failures();

/// A rule for one text; nothing when there is no such failure. Its label is for people.
[[nodiscard]] std::optional<Behaviour> make_failure(
    std::string_view name, const std::string& value
);

/// Error codes of a provider's reports with their meaning in a few words.
struct Reason {
    std::string_view provider;
    std::string_view code;
    std::string_view words;
};

[[nodiscard]] const std::vector<Reason>& reasons();
/// "" for a code that is not in the table.
[[nodiscard]] std::string_view reason_of(std::string_view provider, std::string_view code);

}  // namespace simulator
