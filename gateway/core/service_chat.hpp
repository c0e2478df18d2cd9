// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "gateway/core/arrivals.hpp"
#include "gateway/core/chat_commands.hpp"
#include "gateway/core/limits.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/world.hpp"
#include "gateway/translate/message.hpp"

namespace sallyport::core {

/// Messages to the domain itself: a conversation with the gateway, for clients without forms and
/// commands. Always answered, never passed on to a network.
class ServiceChat {
  public:
    ServiceChat(World& world, Router& router, Arrivals& arrivals, ChatCommands& commands);

  private:
    Handled hear(Request& request);
    Handled obey(Request& request, const translate::Text& text);
    void say(
        Domain& domain, const xmpp::Jid& user, const std::string& thread, const std::string& text
    );
    World& world_;
    Arrivals& arrivals_;
    ChatCommands& commands_;
    Buckets limit_;
};

}  // namespace sallyport::core
