#include <kohort/interventions/redistribution.hpp>

#include <cmath>
#include <string>

#include <kohort/support/error.hpp>

namespace kohort {

namespace {

[[noreturn]] void refuse(const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
  reject("E-EFFECT", "redistributed", seen, needed, remedy);
}

}  // namespace

probability_matrix<> redistributed(const probability_matrix<>& P,
                                   const std::vector<chain_effect>& effects,
                                   redistribution_rule rule, state death) {
  const int n = P.size();
  Eigen::MatrixXd after = P.matrix();
  if (rule == redistribution_rule::living && (death < 0 || death >= n)) {
    refuse("no death was named", "the rule 'living' keeps it", "Name the state");
  }
  for (state r = 0; r < n; ++r) {
    std::vector<bool> fixed(static_cast<std::size_t>(n), false);
    double before = 0, now = 0;
    bool any = false;
    for (const auto& e : effects) {
      if (e.from < 0 || e.to < 0 || e.from >= n || e.to >= n) {
        refuse("a move from state " + std::to_string(e.from) + " to " + std::to_string(e.to),
               "the table has " + std::to_string(n) + " states", "Name others");
      }
      if (!(e.multiplier >= 0) || std::isinf(e.multiplier)) {
        refuse("a multiplier of " + shown(e.multiplier), "a number from 0 is needed", "Mend it");
      }
      if (e.from != r) continue;
      if (fixed[static_cast<std::size_t>(e.to)]) {
        refuse("a move twice", "each has one multiplier", "Multiply them");
      }
      if (e.to == r && rule == redistribution_rule::from_stay) {
        refuse("an effect on staying", "staying pays for the others under 'from_stay'",
               "Choose another rule");
      }
      fixed[static_cast<std::size_t>(e.to)] = true;
      before += P(r, e.to);
      now += after(r, e.to) = e.multiplier * P(r, e.to);
      any = true;
    }
    if (!any) continue;
    double kept = 0;  // what the rule leaves alone
    for (state s = 0; s < n; ++s) {
      if (fixed[static_cast<std::size_t>(s)]) continue;
      const bool pays = rule == redistribution_rule::proportional ||
                        (rule == redistribution_rule::living && s != death) ||
                        (rule == redistribution_rule::from_stay && s == r);
      if (!pays) {
        kept += P(r, s);
        fixed[static_cast<std::size_t>(s)] = true;
      }
    }
    const double rest = 1 - before - kept, left = 1 - now - kept;
    const bool nothing = rest <= 1e-15 && std::abs(left) > 1e-15;
    if (left < -1e-15 || nothing) {
      const double most = before > 0 ? (1 - kept) / before : 0;
      reject("E-EFFECT-RANGE", "redistributed",
             "row " + std::to_string(r) + " would need " + shown(now + kept) + " of its 1",
             "the largest possible multiplier under this rule is " + shown(most),
             "Choose a smaller multiplier, another rule, or a ratio on the intensity");
    }
    const double factor = rest > 0 ? std::max(left, 0.0) / rest : 0;
    for (state s = 0; s < n; ++s) {
      if (!fixed[static_cast<std::size_t>(s)]) after(r, s) = P(r, s) * factor;
    }
    after.row(r) /= after.row(r).sum();
  }
  return probability_matrix<>(after);
}

}  // namespace kohort
