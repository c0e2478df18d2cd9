// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "gateway/core/router.hpp"
#include "gateway/core/world.hpp"

namespace sallyport::core {

/// The small questions that clients ask of everybody: ping, version, last activity, time, vCard;
/// and those about things that nobody here has (avatars, device lists), which are answered at once
/// because clients wait for them when a chat is opened.
class ServiceInfo {
  public:
    ServiceInfo(World& world, Router& router);

  private:
    Handled ping(Request& request);
    Handled version(Request& request);
    Handled last_of_domain(Request& request);
    Handled last_of_contact(Request& request);
    Handled time(Request& request);
    Handled vcard_of_domain(Request& request);
    Handled vcard_of_contact(Request& request);
    void add(Router& router, To to, std::string_view ns, Handled (ServiceInfo::*handler)(Request&));
    World& world_;
    std::chrono::steady_clock::time_point started_;
};

}  // namespace sallyport::core
