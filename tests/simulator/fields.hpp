// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stdexcept>
#include <unordered_map>

#include "tests/simulator/world.hpp"

namespace simulator {

[[nodiscard]] std::string to_text(const json::value& value);
[[nodiscard]] int to_int(const json::value& value);
[[nodiscard]] bool to_bool(const json::value& value);
[[nodiscard]] Milliseconds to_ms(const json::value& value);
[[nodiscard]] Signing to_signing(const json::value& value);
[[nodiscard]] std::vector<std::string> to_texts(const json::value& value);

/// Key -> what to do with its value.
using Setters = std::unordered_map<std::string, std::function<void(const json::value&)>>;

/// Applies each key of the object; throws std::runtime_error naming a key that is not in the table,
/// or whose value is wrong.
void apply(const json::object& object, const Setters& setters);

}  // namespace simulator
