// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gateway/core/chat_commands.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/service_disco.hpp"
#include "gateway/core/world.hpp"
#include "xmpp/xep/adhoc.hpp"

namespace sallyport::core {

/// The chat commands as XEP-0050 commands of the domain, for clients that show buttons. One step
/// each; ending a registration asks first.
class ServiceAdhoc {
  public:
    ServiceAdhoc(World& world, Router& router, ServiceDisco& disco, ChatCommands& commands);

  private:
    /// A command that waits for its second step.
    struct Session {
        std::string user;
        std::string node;
        std::chrono::steady_clock::time_point ends;
    };
    Handled run(Request& request);
    Handled confirm(Request& request, const xmpp::Command& command);
    void execute(Request& request, const ChatCommands::Row& row, std::string rest);
    std::vector<const ChatCommands::Row*> listed(const Request& request) const;
    bool close_session(const Request& request, const xmpp::Command& command);

    World& world_;
    ChatCommands& commands_;
    std::map<std::string, Session> sessions_;
};

}  // namespace sallyport::core
