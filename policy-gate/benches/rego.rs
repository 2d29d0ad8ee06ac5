//! regorus alone: a policy and a plan, to compare the gate with.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program of the benchmark")]

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    let (Some(policy), Some(plan)) = (arguments.next(), arguments.next()) else {
        println!("rego POLICY PLAN");
        return;
    };
    let mut engine = regorus::Engine::new();
    engine.add_policy(policy.clone(), std::fs::read_to_string(policy).unwrap()).unwrap();
    engine.set_input(regorus::Value::from_json_str(&std::fs::read_to_string(plan).unwrap()).unwrap());
    let denied = engine.eval_rule("data.main.deny".to_owned()).unwrap();
    println!("{} denied", denied.as_set().unwrap().len());
}
