import { serve } from "../serve.ts";
import { docker } from "./plugin.ts";

serve(docker());
