#pragma once

// The second implementation of time since entry: everyone who enters within a few hundredths of a
// year is carried alone, in steps of `dt`, and passes each cut on the dot. Cohorts that neither
// come in at the lowest age nor reach the open one.

#include <cmath>
#include <deque>
#include <vector>

#include <Eigen/Core>

#include <kohort/population/lexis.hpp>
#include <kohort/projection/open_cohort.hpp>

namespace slow {

class clocked_cohort {
 public:
  /// @param stock  (part of the stock, cell of `in`): persons of this age who entered within
  ///               [i dt, (i + 1) dt) before the start, by living state; the last: all others
  clocked_cohort(const kohort::open_cohort_inputs& inputs, int sex, int age,
                 const std::vector<std::vector<double>>& stock, double dt)
      : in_(inputs), sex_(sex), age_(age), dt_(dt), living_(inputs.structure.size() - 1) {
    for (const auto& part : stock) {
      stock_.emplace_back(
          Eigen::Map<const Eigen::RowVectorXd>(part.data(), static_cast<int>(part.size())));
    }
  }

  /// Persons by living state, `none` first, on each 31 December.
  std::vector<Eigen::RowVectorXd> run() const {
    const int T = in_.population.years;
    std::vector<Eigen::RowVectorXd> all(static_cast<std::size_t>(T + 1),
                                        Eigen::RowVectorXd::Zero(living_ + 1));
    std::vector<double> growth;  // of each year: missing to the forecast
    std::vector<double> alive;
    for (const auto& node : kohort::birth_nodes) alive.push_back(node.weight * persons(0));
    for (int y = 0; y < T; ++y) {
      double have = 0;
      for (std::size_t i = 0; i < alive.size(); ++i) {
        const double u = kohort::birth_nodes[i].age;
        alive[i] *=
            std::exp(-mortality(y + 1, age_ + y) * (1 - u) - mortality(y + 1, age_ + y + 1) * u);
        have += alive[i];
      }
      growth.push_back(std::log(persons(y + 1) / have));
      for (double& n : alive) n *= persons(y + 1) / have;
    }
    for (const auto& node : kohort::birth_nodes) follow(node.age, node.weight, growth, all);
    return all;
  }

 private:
  double persons(int y) const {
    const auto& p = in_.population;
    return p.persons[static_cast<std::size_t>((y * 2 + sex_) * p.ages + age_ + y)];
  }
  double mortality(int y, int a) const {
    const auto& p = in_.population;
    return p.mortality[static_cast<std::size_t>((y * 2 + sex_) * p.ages + a)];
  }
  double rate(int a, int band, int k) const {
    const int K = static_cast<int>(in_.structure.transitions().size());
    const int B = static_cast<int>(in_.entry_cuts.size()) + 1;
    const int cell = (sex_ * in_.population.ages + a) * B + band;
    return in_.rates[static_cast<std::size_t>(cell * K + k)];
  }
  int band(double clock) const {
    int b = 0;
    for (const double cut : in_.entry_cuts) b += clock >= cut;
    return b;
  }
  /// Intensities between living states in one band, death by mu times its ratio.
  Eigen::MatrixXd moving(int a, int b, double mu, double g,
                         const std::vector<Eigen::RowVectorXd>& ratios) const {
    Eigen::MatrixXd Q = Eigen::MatrixXd::Zero(living_, living_);
    const auto& moves = in_.structure.transitions();
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k].to != *in_.structure.death()) {
        Q(moves[k].from, moves[k].to) = rate(a, b, static_cast<int>(k));
      }
    }
    for (int s = 0; s < living_; ++s) {
      Q(s, s) = g - Q.row(s).sum() - mu * ratios[static_cast<std::size_t>(b)][s];
    }
    return Q;
  }
  /// rho by band and state, from the smoothed prevalence of one age alone.
  std::vector<Eigen::RowVectorXd> ratios(int a) const {
    const auto& p = in_.population;
    const int B = static_cast<int>(in_.entry_cuts.size()) + 1;
    const int parts = static_cast<int>(in_.stock.size()) / (2 * p.ages * living_);
    const double n = p.persons[static_cast<std::size_t>(sex_ * p.ages + a)];
    std::vector<Eigen::RowVectorXd> dying(static_cast<std::size_t>(B),
                                          Eigen::RowVectorXd::Zero(living_));
    const auto& moves = in_.structure.transitions();
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k].to != *in_.structure.death()) continue;
      for (int b = 0; b < B; ++b) {
        dying[static_cast<std::size_t>(b)][moves[k].from] = rate(a, b, static_cast<int>(k));
      }
    }
    double deaths = 0, with = 0;
    const double part_length = in_.entry_cuts.back() / (parts - 1);
    for (int i = 0; i < parts; ++i) {
      const int b = band((i + 0.5) * part_length);
      for (int s = 0; s < living_; ++s) {
        const double here =
            in_.stock[static_cast<std::size_t>(((sex_ * p.ages + a) * parts + i) * living_ + s)] /
            n;
        with += here;
        deaths += here * dying[static_cast<std::size_t>(b)][s];
      }
    }
    const double none = (mortality(0, a) - deaths) / (1 - with);
    for (auto& row : dying) row /= none;
    return dying;
  }
  static Eigen::MatrixXd exponential(const Eigen::MatrixXd& m) {
    Eigen::MatrixXd term = Eigen::MatrixXd::Identity(m.rows(), m.cols()), sum = term;
    for (int k = 1; k < 8; ++k) {
      term = (term * m / k).eval();
      sum += term;
    }
    return sum;
  }

  void follow(double u, double weight, const std::vector<double>& growth,
              std::vector<Eigen::RowVectorXd>& all) const {
    struct entered {
      double when;
      Eigen::RowVectorXd people;
    };
    const double before = in_.entry_cuts.back();
    std::deque<entered> recent;  // those who have not passed the last cut, the first to enter first
    Eigen::RowVectorXd old = weight * stock_.back();
    double none = weight * persons(0) - old.sum();
    for (std::size_t i = 0; i + 1 < stock_.size(); ++i) {
      recent.push_front({-(static_cast<double>(i) + 0.5) * dt_, weight * stock_[i]});
      none -= recent.front().people.sum();
    }
    const auto report = [&](int y) {
      auto& to = all[static_cast<std::size_t>(y)];
      to[0] += none;
      to.tail(living_) += old;
      for (const auto& one : recent) to.tail(living_) += one.people;
    };
    report(0);
    const int steps = static_cast<int>(std::lround(1 / dt_));
    const int B = static_cast<int>(in_.entry_cuts.size()) + 1;
    std::vector<double> entering(static_cast<std::size_t>(in_.entries.levels));
    for (int y = 0; y < in_.population.years; ++y) {
      const double g = growth[static_cast<std::size_t>(y)];
      for (int k = 0; k < steps; ++k) {
        double from = k * dt_;
        const double end = (k + 1) * dt_, birthday = 1 - u;
        const bool inside = from < birthday && birthday < end;
        for (const double to :
             inside ? std::vector<double>{birthday, end} : std::vector<double>{end}) {
          const double h = to - from, middle = y + (from + to) / 2;
          const int a = age_ + y + ((from + to) / 2 > birthday ? 1 : 0);
          const auto rho = ratios(a);
          const double m = mortality(y + 1, a);
          in_.entries.rates(0, sex_, a, y + 1, true, true, entering.data());
          double leaving = 0;
          for (const double q : entering) leaving += q;
          const auto force = [&](double nobody, const std::deque<entered>& come,
                                 const Eigen::RowVectorXd& rest) {
            double sum = nobody + rest.sum(), weighted = nobody + rest.dot(rho.back());
            for (const auto& one : come) {
              sum += one.people.sum();
              weighted += one.people.dot(rho[static_cast<std::size_t>(band(middle - one.when))]);
            }
            return m * sum / weighted;
          };
          const auto step = [&](double mu, double& nobody, std::deque<entered>& come,
                                Eigen::RowVectorXd& rest) {
            std::vector<Eigen::MatrixXd> whole, half;
            for (int b = 0; b < B; ++b) {
              const Eigen::MatrixXd Q = moving(a, b, mu, g, rho);
              whole.push_back(exponential(h * Q));
              half.push_back(exponential(h / 2 * Q));
            }
            for (auto& one : come) {
              const auto b = static_cast<std::size_t>(band(middle - h / 2 - one.when + 1e-9));
              const auto c = static_cast<std::size_t>(band(middle + h / 2 - one.when - 1e-9));
              one.people =
                  b == c ? (one.people * whole[b]).eval() : (one.people * half[b] * half[c]).eval();
            }
            rest = (rest * whole.back()).eval();
            const double out = leaving + mu - g;
            const double lived = nobody * -std::expm1(-out * h) / out;
            Eigen::RowVectorXd fresh = Eigen::RowVectorXd::Zero(living_);
            for (std::size_t j = 0; j < entering.size(); ++j) {
              fresh[static_cast<int>(j)] = lived * entering[j];
            }
            nobody *= std::exp(-out * h);
            come.push_back({middle, fresh * half[0]});
          };
          const double first = force(none, recent, old);
          double then = none;
          auto come = recent;
          auto rest = old;
          step(first, then, come, rest);
          const double second = force(then, come, rest);
          step((first + second) / 2, none, recent, old);
          while (!recent.empty() && middle + h / 2 - recent.front().when >= before - 1e-9) {
            old += recent.front().people;
            recent.pop_front();
          }
          from = to;
        }
      }
      report(y + 1);
    }
  }

  const kohort::open_cohort_inputs& in_;
  int sex_, age_;
  double dt_;
  int living_;
  std::vector<Eigen::RowVectorXd> stock_;
};

}  // namespace slow
