// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <yaml-cpp/yaml.h>

#include "transports/sms/provider.hpp"

/// What a row of tests/providers/NAME.yaml wants, compared with what came; keys that are not given
/// are not compared.
namespace sallyport::sms {

std::string text(const YAML::Node& node, const std::string& fallback = {});

void expect_request(const YAML::Node& wanted, const port::HttpRequest& got);
void expect_failure(const YAML::Node& wanted, const std::optional<port::Failure>& got);
void expect_message(const YAML::Node& wanted, const port::MessageReceived& got);
void expect_read(const YAML::Node& wanted, const HookRead& got);

}  // namespace sallyport::sms
