provider "aws" {
  region = "us-east-1"
}

action "aws_lambda_invoke" "warm" {
  config {
    function_name = aws_lambda_function.f.function_name
    payload       = "{}"
  }
}

resource "aws_lambda_function" "f" {
  function_name = "f"
  tags          = { team = "shop", environment = "production" }

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.aws_lambda_invoke.warm]
    }
  }
}
