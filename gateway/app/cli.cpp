// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/cli.hpp"

#include <algorithm>
#include <iostream>
#include <optional>

#include "gateway/app/command_table.hpp"

namespace sallyport::app {
namespace {

int print_help(std::ostream& out) {
    out << "Sallyport, the gate between XMPP and SMS.\n\nUsage: sallyport COMMAND [-c FILE] "
           "...\n\n";
    for (const CommandRow& row : commands()) {
        std::string left = "  " + std::string(row.name) + (row.arguments.empty() ? "" : " ") +
                           std::string(row.arguments);
        if (left.size() < 34)
            left.resize(34, ' ');
        else
            left += "\n" + std::string(34, ' ');
        out << left << row.help << "\n";
    }
    out << "\n-c FILE names the configuration; without it /etc/sallyport/sallyport.yaml is read.\n";
    return Exit::ok;
}

int print_command_help(const CommandRow& row) {
    std::cout << "Usage: sallyport " << row.name << " [-c FILE] " << row.arguments << "\n\n"
              << row.help << "\n";
    for (const OperatorCommand& part : operator_commands())
        if (part.name == row.name && !part.sub.empty())
            std::cout << "\n  " << part.name << " " << part.sub << " " << part.arguments
                      << "\n      " << part.help << "\n";
    return Exit::ok;
}

int complain(const std::string& what) {
    std::cerr << "sallyport: " << what << " (see sallyport --help)\n";
    return Exit::usage;
}

const CommandRow* find(std::string_view name) {
    const auto& rows = commands();
    auto at = std::find_if(rows.begin(), rows.end(), [&](const CommandRow& row) {
        return row.name == name;
    });
    return at == rows.end() ? nullptr : &*at;
}

bool is_help(const std::string& argument) {
    return argument == "--help" || argument == "-h";
}

}  // namespace

int command_line(std::vector<std::string> arguments) {
    if (arguments.empty()) return print_help(std::cerr), Exit::usage;
    if (is_help(arguments.front()) || arguments.front() == "help") return print_help(std::cout);
    if (arguments.front() == "--version") arguments.front() = "version";
    const CommandRow* row = find(arguments.front());
    if (!row) return complain("there is no command \"" + arguments.front() + "\"");
    Invocation invocation;
    invocation.command = arguments.front();
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        if (is_help(arguments[i])) return print_command_help(*row);
        if (arguments[i] != "-c" && arguments[i] != "--config") {
            invocation.arguments.push_back(std::move(arguments[i]));
            continue;
        }
        if (++i == arguments.size()) return complain("-c wants the path of sallyport.yaml");
        invocation.config_file = arguments[i];
    }
    return row->run(invocation);
}

}  // namespace sallyport::app
