// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "config/provider_description.hpp"

/// The two small grammars of provider descriptions, as pure functions. Positions are left empty.
namespace sallyport::config {

/// Literal text with `{name}`, `{name|filter|…}`, `{{` and `}}`. Names are only checked for their
/// spelling. Errors: unclosed brace, bad name, unknown filter; sentences for the author of the
/// description.
Result<Template> parse_template(std::string_view text);

/// `/a/0/*/b`, `Name`, `Name*`, `header:X` or `regex:…`. Errors as above.
Result<Selector> parse_selector(std::string_view text);

/// Is this an expression that a selector or `accept.text` may use (ECMAScript)?
bool is_expression(std::string_view text);

}  // namespace sallyport::config
