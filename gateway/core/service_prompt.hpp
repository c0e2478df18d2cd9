// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/core/router.hpp"
#include "gateway/core/world.hpp"

namespace sallyport::core {

/// jabber:iq:gateway (XEP-0100 §6.3): what a person types becomes the JID of a contact.
class ServicePrompt {
  public:
    ServicePrompt(World& world, Router& router);

  private:
    Handled ask(Request& request);
    Handled understand(Request& request);
    World& world_;
};

}  // namespace sallyport::core
