// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/core/limits.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/service_membership.hpp"
#include "gateway/core/world.hpp"

namespace sallyport::core {

/// jabber:iq:register (XEP-0077) as gateways use it (XEP-0100 §4.1): by form, by legacy fields, or
/// by one click.
class ServiceRegister {
  public:
    ServiceRegister(World& world, Router& router, Membership& membership);

  private:
    Handled ask(Request& request);
    Handled change(Request& request);
    Handled join(Request& request);
    Handled leave(Request& request);
    World& world_;
    Membership& membership_;
    Buckets changes_;
};

}  // namespace sallyport::core
