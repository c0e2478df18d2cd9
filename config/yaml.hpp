// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/source.hpp"

/// A YAML document as a value tree in which everything is text and every node knows its place.
namespace sallyport::config::yaml {

struct Node {
    enum class Kind { empty, text, list, map };
    Kind kind = Kind::empty;
    std::string text;  ///< of a scalar, as written (`NO` stays "NO")
    bool is_quoted = false;
    std::vector<Node> keys;   ///< of a map, scalars only, no duplicates
    std::vector<Node> items;  ///< of a list, or the values of a map in the order of `keys`
    SourcePos pos;

    /// The value of a key, or null. REQUIRES nothing of the kind.
    const Node* find(std::string_view key) const;
};

/// Parses one document. Syntax errors give nothing; duplicate keys and `<<` are reported and left
/// out.
std::optional<Node> parse(std::string_view text, const std::string& file, Problems& problems);

}  // namespace sallyport::config::yaml
