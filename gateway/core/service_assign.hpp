// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gateway/core/service_membership.hpp"
#include "gateway/core/world.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::core {

/// What must change so that the registrations say what the file says.
struct AssignmentPlan {
    std::vector<port::Account> leaving;  ///< lose their number and get no other
    std::vector<port::Account> moving;   ///< get another number
    std::vector<std::pair<std::string, port::UserLabel>>
        coming;  ///< number, its user, moved ones included
    std::vector<std::pair<std::string, port::UserLabel>> fresh;  ///< to be recorded as assigned
    std::vector<std::string> stale;  ///< numbers whose record of assignment ends
};

/// `assign:` of the file against what is registered and what an earlier file assigned (number ->
/// user). The file wins. Pure.
AssignmentPlan plan_assignments(
    const AccountBook& accounts,
    const std::map<std::string, port::UserLabel>& file,
    const std::map<std::string, port::UserLabel>& recorded
);

/// Makes the registrations that the file assigns and ends those that it no longer does; users are
/// told (product.md).
class Assignments {
  public:
    Assignments(World& world, Membership& membership) : world_(world), membership_(membership) {}
    /// REQUIRES: the domain's registrations were loaded.
    void apply(Domain& domain);

  private:
    void carry_out(Domain& domain, const AssignmentPlan& plan);
    World& world_;
    Membership& membership_;
};

}  // namespace sallyport::core
