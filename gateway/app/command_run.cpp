// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <iostream>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/loader.hpp"
#include "gateway/app/command_tools.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/app/transport_table.hpp"

namespace sallyport::app {

std::optional<config::Config> load_or_complain(const Invocation& invocation) {
    config::LoadResult loaded = config::load(invocation.config_file);
    for (const config::Mistake& mistake : loaded.mistakes) std::cerr << mistake.to_string() << "\n";
    return std::move(loaded.config);
}

namespace {

/// Every connection is a descriptor: take all that the system allows.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_command(const Invocation& invocation) {
    auto config = load_or_complain(invocation);
    if (!config) return Exit::configuration;
    std::optional<DataDir::Held> held;
    auto data = DataDir::open(config->data, held);
    if (!data) {
        std::cerr << "sallyport: " << data.error().to_string() << "\n";
        return held ? Exit::unavailable : Exit::permission;
    }
    raise_descriptor_limit();
    umask(077);                     // what we write holds people's messages
    std::signal(SIGPIPE, SIG_IGN);  // a peer that left is told by the write, not by a signal
    Log log;
    Gateway gateway(*std::move(config), *std::move(data), log);
    if (auto opened = gateway.open(); !opened) {
        std::cerr << "sallyport: " << opened.error().to_string() << "\n";
        return exit_of(opened.error());
    }
    return gateway.run();
}

int check_config_command(const Invocation& invocation) {
    config::LoadResult loaded = config::load(invocation.config_file);
    for (const config::Mistake& mistake : loaded.mistakes) std::cerr << mistake.to_string() << "\n";
    for (const config::Mistake& warning : loaded.warnings)
        std::cerr << "warning: " << warning.to_string() << "\n";
    if (!loaded.config) return Exit::configuration;
    std::cout << invocation.config_file.string() << ": fine\n";
    for (const config::TransportConfig& section : loaded.config->transports)
        for (const std::string& line : setup_lines(*loaded.config, section))
            std::cout << section.domain.str() << ": " << line << "\n";
    return Exit::ok;
}

int version_command(const Invocation&) {
    std::cout << "sallyport " SALLYPORT_VERSION "\n";
    return Exit::ok;
}

}  // namespace sallyport::app
