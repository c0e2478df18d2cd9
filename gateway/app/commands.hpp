// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/config.hpp"
#include "gateway/app/cli.hpp"

/// The commands, one function each; `commands()` is their table.
namespace sallyport::app {

int run_command(const Invocation& invocation);
int check_config_command(const Invocation& invocation);
int version_command(const Invocation& invocation);
int health_command(const Invocation& invocation);
int init_command(const Invocation& invocation);
int restore_command(const Invocation& invocation);
/// status, account, user, queue, backup: the rows of operator_commands().
int operator_command(const Invocation& invocation);

/// Loads the configuration; mistakes go to standard error, one line each. Nothing: the exit code is
/// Exit::configuration.
std::optional<config::Config> load_or_complain(const Invocation& invocation);

}  // namespace sallyport::app
