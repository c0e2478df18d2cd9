// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/commands.hpp"

namespace sallyport::app {

const std::vector<CommandRow>& commands() {
    static const std::vector<CommandRow> rows{
        {"run", "", "run the gateway in the foreground", run_command},
        {"check-config", "", "read the configuration, name every mistake and what to paste at the providers", check_config_command},
        {"version", "", "print the version", version_command},
    };
    return rows;
}

}  // namespace sallyport::app
