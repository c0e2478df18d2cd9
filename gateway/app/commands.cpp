// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/commands.hpp"

namespace sallyport::app {

const std::vector<CommandRow>& commands() {
    static const std::vector<CommandRow> rows{
        {"run", "", "run the gateway in the foreground", run_command},
        {"check-config",
         "",
         "read the configuration, name every mistake and what to paste at the providers",
         check_config_command},
        {"init",
         "",
         "write a commented configuration to start from; overwrites nothing",
         init_command},
        {"health", "", "is the running gateway ready? for containers", health_command},
        {"status",
         "",
         "links, providers, queues, and what to paste at the providers",
         operator_command},
        {"account",
         "list|show|assign|release|suspend|resume|export|erase",
         "registrations with the gateway",
         operator_command},
        {"user", "add|passwd|delete|list", "accounts of the embedded server", operator_command},
        {"queue", "list|inbound|show|retry|drop", "messages on their way", operator_command},
        {"backup",
         "FILE",
         "copy the database, also while the gateway runs; data/key is left out",
         operator_command},
        {"restore",
         "FILE",
         "put a backup in place; what waited in it is parked, for it may have been sent since",
         restore_command},
        {"version", "", "print the version", version_command},
    };
    return rows;
}

}  // namespace sallyport::app
