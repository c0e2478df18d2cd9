// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulator/world.hpp"

namespace simulator {

/// A behave object; throws std::runtime_error for unknown keys and wrong types.
[[nodiscard]] Behaviour behaviour_from(const json::object& body);

/// An attachment, by `url` or by the `name` of a file of ours; throws as above.
[[nodiscard]] MediaItem media_from(const json::value& value, const World& world);

/// The media type that the name's extension says.
[[nodiscard]] std::string type_of(const std::string& name);

[[nodiscard]] json::object to_json(const Message& message);
[[nodiscard]] json::array to_json(const std::vector<Attempt>& attempts);

}  // namespace simulator
