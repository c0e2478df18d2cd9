// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::app {

/// Exit codes of sysexits that this program uses.
enum Exit {
    ok = 0,
    usage = 64,
    unavailable = 69,
    internal = 70,
    permission = 77,
    configuration = 78
};

/// A parsed command line: `sallyport COMMAND [-c FILE] [ARGUMENT...]`.
struct Invocation {
    std::string command;
    std::filesystem::path config_file = "/etc/sallyport/sallyport.yaml";
    std::vector<std::string> arguments;  ///< without the command and -c
};

/// One command of the program. `run` returns the exit code.
struct CommandRow {
    std::string_view name;
    std::string_view arguments;  ///< for the help: "FILE", "list|show|…"
    std::string_view help;       ///< one line
    int (*run)(const Invocation& invocation);
};

/// All of them, in the order of the help.
const std::vector<CommandRow>& commands();

int command_line(std::vector<std::string> arguments);

}  // namespace sallyport::app
