// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "gateway/app/command_tools.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/data_dir.hpp"
#include "gateway/app/restore.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;

int complain(const std::string& what, int exit) {
    std::cerr << "sallyport: " << what << "\n";
    return exit;
}

void tell(const config::Config& config, const fs::path& file, const Restored& restored) {
    std::cout << file.string() << " is restored to " << config.storage.path.string() << ".\n";
    if (!restored.previous.empty())
        std::cout << "The database that was there is kept as " << restored.previous.string()
                  << ".\n";
    std::cout << restored.parked
              << " messages waited in the backup. They are parked, for they may have been sent "
                 "since it was made:\n"
              << "  sallyport queue list            shows them (ambiguous)\n"
              << "  sallyport queue retry|drop ID   sends one again, or gives it up and tells its "
                 "sender\n"
              << (config.data / "key").string()
              << " must be the one that was there when the backup was made: credentials of users' "
                 "own accounts are read with it.\n";
}

}  // namespace

int restore_command(const Invocation& invocation) {
    if (invocation.arguments.size() != 1)
        return complain("usage: sallyport restore FILE", Exit::usage);
    const auto config = load_or_complain(invocation);
    if (!config) return Exit::configuration;
    const fs::path file = fs::absolute(invocation.arguments[0]).lexically_normal();
    std::optional<DataDir::Held> held;
    const auto data = DataDir::open(config->data, held);
    if (!data) {
        const std::string why = data.error().to_string();
        return held ? complain(why + ": stop the gateway before a restore", Exit::unavailable)
                    : complain(why, Exit::permission);
    }
    const SystemTime time;
    const auto restored = restore_backup(file, config->storage.path, time.wall());
    if (!restored)
        return complain(
            "nothing was restored: " + restored.error().to_string(), exit_of(restored.error())
        );
    tell(*config, file, *restored);
    return Exit::ok;
}

}  // namespace sallyport::app
